# A load_iseq hook that loads what it has compiled before, as bootsnap does.
module Kept
  BINARIES = {}

  def load_iseq(path)
    return unless path.end_with?("compiled.rb")

    BINARIES[path] ||= RubyVM::InstructionSequence.compile_file(path).to_binary
    RubyVM::InstructionSequence.load_from_binary(BINARIES[path])
  end
end

class << RubyVM::InstructionSequence
  prepend Kept
end

require_relative "compiled"
p from_binary(1), Compiled.new(2).double
load File.join(__dir__, "compiled.rb")
p from_binary(2), Kept::BINARIES.size
