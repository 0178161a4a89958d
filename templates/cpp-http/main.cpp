// The function and its watchdog are one program.
#include "handler.hpp"

int main(int argc, char** argv) { return fwatchdog::inproc::run(argc, argv, fwatchdog::inproc::blocking(handle)); }
