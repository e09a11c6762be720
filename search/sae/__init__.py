"""Sparse autoencoders over embeddings: thousands of directions, few of them active in any one vector. Pure: no Django."""

from search.sae.checkpoint import BadCheckpoint, Checkpoint, load, load_training, save, save_training
from search.sae.data import BadVectors, Scale, Vectors
from search.sae.measures import Measures, measure_model, principal_axes, unexplained_along, unexplained_by_components
from search.sae.model import Active, Config, SparseAutoencoder
from search.sae.portraits import Portraits, neighbours, portray, unexplained_at
from search.sae.train import Schedule, Step, Training, begin, train

__all__ = [
    "Active", "BadCheckpoint", "BadVectors", "Checkpoint", "Config", "Measures", "Portraits", "Scale", "Schedule",
    "SparseAutoencoder", "Step", "Training", "Vectors", "begin", "load", "load_training", "measure_model", "neighbours",
    "portray", "principal_axes", "save", "save_training", "train", "unexplained_along", "unexplained_at",
    "unexplained_by_components",
]  # fmt: skip
