"""Whose taste: what people like, learned from the choices they make."""

from django.apps import AppConfig


class RatingConfig(AppConfig):
    name = "rating"
    verbose_name = "Rating"
