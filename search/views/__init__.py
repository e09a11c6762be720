"""The pages of the library, one module for each thing people do there."""
