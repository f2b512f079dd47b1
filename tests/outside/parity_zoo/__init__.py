"""A recipe, a layer and a model for Recurrent Zoo."""
