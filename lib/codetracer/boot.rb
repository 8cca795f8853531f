# frozen_string_literal: true

# Starts the recording inside the program's own process, before its main script.
#
# Loaded by `ruby -r`, put there by Launcher. Ruby parses it at each start, so it is short: what
# there is to do is in booting.rb, which Launcher hands over compiled where it can.
known = [Object.const_defined?(:CodeTracer, false), $LOADED_FEATURES.dup]
begin
  descriptor = ENV.delete("CODETRACER_BOOT_FD")
  text = IO.open(Integer(descriptor), "rb", &:read) if descriptor
  told = Marshal.load(text) unless text.to_s.empty?
  code = told.delete(:booting) if told.is_a?(Hash)
  RubyVM::InstructionSequence.load_from_binary(code).eval if code && !known.first
rescue StandardError => e
  told = e
end
if text == "" || told.is_a?(Integer) # a launcher beside us has failed, or has said what is wrong
  $stderr.write("codetracer-ruby-recorder: its launcher did not answer [CT-103]\n") unless told
  exit!(told || 1)
end
require_relative "booting" unless defined?(CodeTracer::Booting)
CodeTracer::Booting.run(told, *known)
