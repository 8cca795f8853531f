# frozen_string_literal: true

# Records a Ruby program with the native recorder: ruby src/native_trace.rb [options] prog.rb [args]
#
# The front door of a checkout, and the name under which `ct record` calls a Ruby recorder.
GC.disable # all that it makes is gone with the process, or with exec
require_relative "../lib/codetracer/compiled_files"
CodeTracer::CompiledFiles.require_all || require_relative("../lib/codetracer/cli")

exit CodeTracer::CLI.run(ARGV, recorder: "native")
