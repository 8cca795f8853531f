# frozen_string_literal: true

# Starts the recording inside the program's own process, before its main script.
#
# Loaded by `ruby -r`, put there by Launcher or command.c. Ruby parses it at each start, so it is
# short: what there is to do is in booting.rb, which Launcher hands over compiled where it can.
known = [Object.const_defined?(:CodeTracer, false), $LOADED_FEATURES.dup]
begin
  descriptor = ENV.delete("CODETRACER_BOOT_FD")
  if descriptor # see WaitingRuby
    told, said = 1, "codetracer-ruby-recorder: its launcher did not answer [CT-103]\n"
    text = IO.open(Integer(descriptor), "rb", &:read)
    told, said = Marshal.load(text.byteslice(1..-1)) if text.bytesize > 1
    $stderr.write(said)
    exit!(told) if told.is_a?(Integer)
  end
  code = told.delete(:booting) if told
  RubyVM::InstructionSequence.load_from_binary(code).eval if code && !known.first
rescue StandardError => e
  told = e
end
require_relative "booting" unless defined?(CodeTracer::Booting)
CodeTracer::Booting.run(told, *known)
