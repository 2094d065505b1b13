"""The wire: FlatBuffers schemas, their generated accessors, and the codec every process uses."""
