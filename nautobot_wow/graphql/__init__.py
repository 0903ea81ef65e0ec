"""What GraphQL tells beyond the columns of the models."""
