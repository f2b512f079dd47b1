"""Trained models by name: the registry of shipped models, model directories, cards, licences."""
