"""Reading articles of the genre "How To Use CPT Code N": pure, standard library and rulebook only."""
