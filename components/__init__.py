"""AWS nouns as Pulumi components. They know nothing of pictures and read no configuration."""
