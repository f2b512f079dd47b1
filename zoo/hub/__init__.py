"""From a name to a trained model: shipped models, directories, cards, training."""
