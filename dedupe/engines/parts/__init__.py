"""Who is near whom, and groups, in parts: plain functions of arrays, which whoever runs them may run anywhere, and twice."""
