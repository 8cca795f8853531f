# frozen_string_literal: true

# What tests of --instructions have in common: a recording, what ran in it, and what should have.
#
# The second is told by the VM's own disassembly and by the truth of each condition, as the test
# knows it.
require_relative "api_case"
require "json"

class InstructionsCase < ApiCase
  def setup
    super
    skip "instructions need Ruby 3.1" if RUBY_VERSION < "3.1"
  end

  def record_instructions(program, *words, **options)
    record("--instructions", *words, program, **options)
  end

  # The events of `ctrace print --instructions --json` that are of instructions.
  def ran(trace = in_folder("trace"), label: nil)
    text = ctrace("print", "--instructions", "--json", trace)
    all = text.lines.map { |line| JSON.parse(line) }
    all.select { |each| each["event"] == "instruction" && (!label || each["label"] == label) }
  end

  def ctrace(*words)
    ran = Command.run(CTRACE, *words)
    assert ran.status.success?, ran.to_s
    ran.out
  end

  # The code of a method as the disassembly has it: position → [opcode, target of a jump, line].
  def disassembled(iseq)
    line = nil
    own = iseq.disasm.lines.drop(1).take_while { |each| !each.start_with?("== disasm") }
    own.each_with_object({}) do |each, code|
      position, opcode, rest = each.match(/\A(\d{4}) (\w+)\s*(.*)/)&.captures
      next unless position

      line = rest[/\(\s*(\d+)\)(?:\[\w+\])?\s*\z/, 1]&.to_i || line
      code[position.to_i] = [opcode, rest[/\A(?:\d+, )?(\d+)/, 1]&.to_i, line]
    end
  end

  # Which positions run, one after the other. `truths` says at each conditional jump, by its line,
  # whether what it looks at is true.
  def walked(code, from: 0, truths: {})
    positions = code.keys
    at = from
    run = []
    while at
      run << at
      opcode, target, line = code.fetch(at)
      taken = case opcode
              when "jump" then true
              when "branchif" then truths.fetch(line).call
              when "branchunless" then !truths.fetch(line).call
              end
      at = if opcode == "leave" then nil
           elsif taken then target
           else positions[positions.index(at) + 1]
           end
    end
    run
  end
end
