"""The small network of the second seed document, on pictures as they are, distorted, and made into hashes."""
