"""What the recipes of algorithms share: three networks that learn a task from its examples."""
