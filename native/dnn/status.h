// Turns exceptions into statuses at the C boundary.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

#include "paa_dnn.h"

namespace paa {

// Stores the message for paa_dnn_last_error and returns the status of a failure.
paa_status fail(const char* message) noexcept;

// A wrong argument: the message is for the programmer.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Runs the body of an ABI function; every exception becomes a status.
template <typename Body>
paa_status guard(Body&& body) noexcept {
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
