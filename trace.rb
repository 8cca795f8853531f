# frozen_string_literal: true

# Records a Ruby program without the extension: ruby trace.rb [options] prog.rb [args]
#
# The front door of a checkout where nothing is built. Slower than src/native_trace.rb; it records
# the same events and writes them as JSON.
require_relative "lib/codetracer/cli"

exit CodeTracer::CLI.run(ARGV, recorder: "pure")
