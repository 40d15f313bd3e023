#include "http/openapi.hpp"

namespace bellwether::http {

std::string_view openapi() {
  return R"json({
  "openapi": "3.0.3",
  "info": {
    "title": "Bellwether",
    "version": ")json" BELLWETHER_VERSION R"json(",
    "description": "One durable, ordered log of messages, at every member of a cluster. Any member takes every call.",
    "license": {"name": "MIT"}
  },
  "paths": {
    "/v1/messages": {
      "post": {
        "summary": "Append one message, or a group of them",
        "description": "Stored whole or not at all, on the disks of a majority before it is answered. 429, 503 and 507 say that nothing was stored; after 504 it may be.",
        "requestBody": {
          "required": true,
          "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "one message, whatever its bytes"},
            "application/x-ndjson": {"schema": {"type": "string"}, "example": "a message\nanother one\n"}
          }
        },
        "responses": {
          "200": {"description": "Stored", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Appended"}}}},
          "default": {"$ref": "#/components/responses/Error"}
        }
      },
      "get": {
        "summary": "Read messages, and follow them",
        "description": "Without follow it ends at what was decided when the leader was asked. Server-sent events follow.",
        "parameters": [
          {"name": "from", "in": "query", "description": "The first offset", "schema": {"type": "integer", "minimum": 0, "default": 0}},
          {"name": "limit", "in": "query", "description": "At most so many messages", "schema": {"type": "integer", "minimum": 0}},
          {"name": "follow", "in": "query", "description": "Wait for further ones", "schema": {"type": "boolean"}},
          {"name": "Last-Event-ID", "in": "header", "description": "Of events: go on behind this offset", "schema": {"type": "integer", "minimum": 0}}
        ],
        "responses": {
          "200": {
            "description": "The messages, a line or an event each",
            "content": {
              "application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Message"}},
              "text/event-stream": {"schema": {"$ref": "#/components/schemas/Message"}}
            }
          },
          "default": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/api/v1/log": {
      "post": {
        "summary": "Append one message, as the original Go logger is called",
        "requestBody": {"required": true, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {
          "200": {"description": "Stored", "content": {"text/plain": {"schema": {"type": "string", "enum": ["OK"]}}}},
          "default": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/v1/status": {
      "get": {
        "summary": "What this member is, and what it sees of the others",
        "responses": {
          "200": {"description": "The status", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}},
          "default": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/v1/members": {
      "get": {
        "summary": "The members",
        "responses": {
          "200": {
            "description": "The members",
            "content": {"application/json": {"schema": {"type": "object", "properties": {
              "members": {"type": "array", "items": {"$ref": "#/components/schemas/Member"}}
            }}}}
          },
          "default": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/v1/leader": {
      "get": {
        "summary": "Who leads, as this member sees it",
        "responses": {
          "200": {
            "description": "The leader, null while there is none",
            "content": {"application/json": {"schema": {"type": "object", "properties": {
              "leader": {"$ref": "#/components/schemas/Leader"},
              "ballot": {"$ref": "#/components/schemas/Ballot"}
            }}}}
          },
          "default": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/v1/openapi.json": {
      "get": {
        "summary": "This description",
        "responses": {"200": {"description": "OpenAPI 3.0.3", "content": {"application/json": {"schema": {"type": "object"}}}}}
      }
    },
    "/healthz": {
      "get": {
        "summary": "Whether the process lives",
        "responses": {"200": {"description": "It does", "content": {"text/plain": {"schema": {"type": "string"}}}}}
      }
    },
    "/readyz": {
      "get": {
        "summary": "Whether this node serves well now",
        "parameters": [
          {"name": "verbose", "in": "query", "description": "List each check", "allowEmptyValue": true, "schema": {"type": "string"}}
        ],
        "responses": {
          "200": {"description": "It does", "content": {"text/plain": {"schema": {"type": "string"}}}},
          "503": {"description": "It does not: no-leader, catching-up, disk-refusing or leaving", "content": {"text/plain": {"schema": {"type": "string"}}}}
        }
      }
    },
    "/metrics": {
      "get": {
        "summary": "Prometheus' text format",
        "responses": {"200": {"description": "Of this node", "content": {"text/plain": {"schema": {"type": "string"}}}}}
      }
    }
  },
  "components": {
    "responses": {
      "Error": {
        "description": "400, 404, 405, 408, 409, 410, 411, 413, 414, 417, 429, 431, 501, 503, 504, 505 or 507; 429 and 503 carry Retry-After",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
      }
    },
    "schemas": {
      "Appended": {
        "type": "object",
        "required": ["offset", "count"],
        "properties": {
          "offset": {"type": "integer", "description": "Of the first message; the others follow it", "nullable": true},
          "count": {"type": "integer"}
        }
      },
      "Message": {
        "type": "object",
        "required": ["offset", "time"],
        "properties": {
          "offset": {"type": "integer"},
          "time": {"type": "string", "format": "date-time"},
          "message": {"type": "string"},
          "base64": {"type": "string", "format": "byte", "description": "In the place of message, where that is not UTF-8"}
        }
      },
      "Leader": {
        "type": "object",
        "nullable": true,
        "properties": {"id": {"type": "integer"}, "address": {"type": "string"}}
      },
      "Ballot": {
        "type": "object",
        "properties": {"round": {"type": "integer"}, "priority": {"type": "integer"}, "id": {"type": "integer"}}
      },
      "Member": {
        "type": "object",
        "properties": {
          "id": {"type": "integer"},
          "address": {"type": "string"},
          "vote": {"type": "boolean"},
          "leads": {"type": "boolean"},
          "priority": {"type": "integer"},
          "reachable": {"type": "boolean", "description": "As this member sees it"},
          "unreachable_ms": {"type": "integer"},
          "lag": {"type": "integer", "nullable": true, "description": "Entries; the leader alone knows"},
          "room": {"type": "boolean", "description": "For messages, on its disk"},
          "learner": {"type": "boolean", "description": "For ever without a vote"}
        }
      },
      "Status": {
        "type": "object",
        "properties": {
          "cluster": {"type": "string"},
          "id": {"type": "integer"},
          "role": {"type": "string", "enum": ["leader", "candidate", "follower", "learner"]},
          "leader": {"$ref": "#/components/schemas/Leader"},
          "ballot": {"$ref": "#/components/schemas/Ballot"},
          "decided": {"type": "integer"},
          "first_offset": {"type": "integer"},
          "next_offset": {"type": "integer"},
          "members": {"type": "array", "items": {"$ref": "#/components/schemas/Member"}},
          "former": {"type": "array", "items": {"type": "string"}},
          "no_leader": {"type": "string"},
          "changes": {"type": "array", "items": {"type": "string"}}
        }
      },
      "Error": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
          "code": {"type": "string"},
          "message": {"type": "string"},
          "hint": {"type": "string"},
          "leader": {"$ref": "#/components/schemas/Leader"}
        }
      }
    }
  }
}
)json";
}

}  // namespace bellwether::http
