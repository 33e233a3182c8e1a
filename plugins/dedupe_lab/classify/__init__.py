"""The small network of a published experiment, on pictures as they are, distorted, and made into hashes."""
