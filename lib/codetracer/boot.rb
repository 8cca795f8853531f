# frozen_string_literal: true

# Starts the recording inside the program's own process, before its main script.
#
# Loaded by `ruby -r`, put there by Launcher. Ruby parses it at each start, so it is short: what
# there is to do is in booting.rb, which Launcher hands over compiled where it can.
known = [Object.const_defined?(:CodeTracer, false), $LOADED_FEATURES.dup]
begin
  descriptor = ENV.delete("CODETRACER_BOOT_FD")
  told = IO.open(Integer(descriptor), "rb") { |file| Marshal.load(file.read) } if descriptor
  code = told&.delete(:booting)
  RubyVM::InstructionSequence.load_from_binary(code).eval if code && !known.first
rescue StandardError => e
  told = e
end
require_relative "booting" unless defined?(CodeTracer::Booting)
CodeTracer::Booting.run(told, *known)
