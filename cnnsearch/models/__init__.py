"""Architecture -> keras.Model. Import from `cnnsearch.models.build`: that loads Keras, this does not."""
