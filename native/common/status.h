// Turns exceptions into statuses at the C boundary. Compiled into each library: each has messages of its own.
#pragma once

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

namespace paa {

// Message of the last failed call on this thread.
inline std::string& last_error() {
  thread_local std::string message;
  return message;
}

// Stores a message and returns the status of a failure.
inline int32_t fail(const char* message) noexcept {
  try {
    last_error() = message;
  } catch (...) {
    last_error().clear();  // no memory for the message; the status still tells of the failure
  }
  return 1;
}

// Wrong input or a wrong argument: the message is for the caller.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs the body of an ABI function; every exception becomes a status.
template <typename Body>
int32_t guard(Body&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const std::exception& error) {
    return fail(error.what());
  } catch (...) {
    return fail("unknown C++ exception");
  }
}

}  // namespace paa
