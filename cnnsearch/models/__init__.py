"""Architecture -> keras.Model. Import from `cnnsearch.models.build`, which imports Keras."""
