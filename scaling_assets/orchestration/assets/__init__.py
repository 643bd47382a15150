"""The five nouns as partitioned assets, and the summaries over all of them."""
