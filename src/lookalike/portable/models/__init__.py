"""What the models are made of: inputs, their pictures, their summary, and how they are loaded."""
