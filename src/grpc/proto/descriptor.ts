// Generated from proto/behavioral_api.proto by scripts/generate-proto.mjs; do not edit.

/** The streaming API's proto as protobuf.js JSON. */
export const descriptor = {
  "nested": {
    "behavioral_api": {
      "nested": {
        "grpc": {
          "nested": {
            "v1": {
              "nested": {
                "BehavioralStreamingApi": {
                  "methods": {
                    "StreamAudio": {
                      "requestType": "AudioStream",
                      "requestStream": true,
                      "responseType": "StreamResult",
                      "responseStream": true
                    },
                    "DeepfakeDetection": {
                      "requestType": "AudioStream",
                      "requestStream": true,
                      "responseType": "StreamResult",
                      "responseStream": true
                    }
                  }
                },
                "AudioEncoding": {
                  "values": {
                    "LINEAR_PCM": 0
                  }
                },
                "Level": {
                  "values": {
                    "segment": 0,
                    "utterance": 1
                  }
                },
                "AudioConfig": {
                  "oneofs": {
                    "_level": {
                      "oneof": [
                        "level"
                      ]
                    },
                    "_logits": {
                      "oneof": [
                        "logits"
                      ]
                    },
                    "_featureEmbedding": {
                      "oneof": [
                        "featureEmbedding"
                      ]
                    }
                  },
                  "fields": {
                    "encoding": {
                      "type": "AudioEncoding",
                      "id": 1
                    },
                    "sampleRateHertz": {
                      "type": "int32",
                      "id": 2
                    },
                    "level": {
                      "type": "Level",
                      "id": 3,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "logits": {
                      "type": "bool",
                      "id": 4,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "featureEmbedding": {
                      "type": "bool",
                      "id": 5,
                      "options": {
                        "proto3_optional": true
                      }
                    }
                  }
                },
                "AudioStream": {
                  "fields": {
                    "cid": {
                      "type": "int64",
                      "id": 1
                    },
                    "xAuthToken": {
                      "type": "string",
                      "id": 2
                    },
                    "config": {
                      "type": "AudioConfig",
                      "id": 3
                    },
                    "audioContent": {
                      "type": "bytes",
                      "id": 4
                    }
                  }
                },
                "Prediction": {
                  "oneofs": {
                    "_posterior": {
                      "oneof": [
                        "posterior"
                      ]
                    },
                    "_logit": {
                      "oneof": [
                        "logit"
                      ]
                    },
                    "_score": {
                      "oneof": [
                        "score"
                      ]
                    }
                  },
                  "fields": {
                    "label": {
                      "type": "string",
                      "id": 1
                    },
                    "posterior": {
                      "type": "string",
                      "id": 2,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "logit": {
                      "type": "string",
                      "id": 3,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "score": {
                      "type": "string",
                      "id": 4,
                      "options": {
                        "proto3_optional": true
                      }
                    }
                  }
                },
                "InferenceResult": {
                  "oneofs": {
                    "_embedding": {
                      "oneof": [
                        "embedding"
                      ]
                    },
                    "_level": {
                      "oneof": [
                        "level"
                      ]
                    }
                  },
                  "fields": {
                    "id": {
                      "type": "string",
                      "id": 1
                    },
                    "startTime": {
                      "type": "string",
                      "id": 2
                    },
                    "endTime": {
                      "type": "string",
                      "id": 3
                    },
                    "task": {
                      "type": "string",
                      "id": 4
                    },
                    "prediction": {
                      "rule": "repeated",
                      "type": "Prediction",
                      "id": 5
                    },
                    "finalLabel": {
                      "type": "string",
                      "id": 6
                    },
                    "embedding": {
                      "type": "string",
                      "id": 7,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "level": {
                      "type": "Level",
                      "id": 8,
                      "options": {
                        "proto3_optional": true
                      }
                    }
                  }
                },
                "StreamResult": {
                  "fields": {
                    "cid": {
                      "type": "int64",
                      "id": 1
                    },
                    "pid": {
                      "type": "int64",
                      "id": 2
                    },
                    "messageId": {
                      "type": "int32",
                      "id": 3
                    },
                    "result": {
                      "rule": "repeated",
                      "type": "InferenceResult",
                      "id": 4
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
};
