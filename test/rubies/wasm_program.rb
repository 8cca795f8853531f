# frozen_string_literal: true

# Runs one program in the place of a command line, which Ruby on WebAssembly does not have:
# FOLDER PROGRAM [TRACE]. With TRACE, a folder to be made, it records the program.
#
# Loaded by wasm.mjs. A program's at_exit blocks never run there.
require "/src/lib/codetracer/recorder"

folder, program, trace = ARGV.slice!(0, 3)
$stdout.sync = true
Dir.chdir(folder)
$0 = program
run = -> { load program }
trace ? CodeTracer.record(out_dir: trace, recorder: :pure, &run) : run.call
