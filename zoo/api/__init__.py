"""What `import zoo` offers."""
