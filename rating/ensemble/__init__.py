"""Deep taste: an ensemble of small networks in one tensor. Only `model` and `train` need torch."""
