# frozen_string_literal: true

# --expressions where code is left, changed or looked at while an expression is under way.
#
# Each program is run plain and recorded; nothing may tell the two apart. Some are run once more
# while the collector runs at each object, or moves what it can.
require_relative "expressions_case"

class ExpressionsHostileTest < ExpressionsCase
  parallelize_me!

  TABLE = File.join(__dir__, "expression_hostile.txt")
  # On the program's first line, so that the others keep their numbers.
  COLLECTORS = { "plain" => "", "moving" => "GC.auto_compact = true rescue nil ",
                 "stress" => "GC.stress = true " }.freeze
  HEAD = /^## (?<name>\w+)(?<stress> \(stress\))?\n/.freeze
  # Its end is soon reached.
  SMALL_STACK = { "RUBY_THREAD_VM_STACK_SIZE" => "131072" }.freeze

  File.read(TABLE).split(/(?=^## )/).drop(1).each do |text|
    head = text.match(HEAD)
    COLLECTORS.each do |collector, start|
      next if collector == "stress" && head[:stress].nil?

      define_method("test_#{head[:name]}_#{collector}") { compare(start + text) }
    end
  end

  private

  def compare(text)
    program = write_program("hostile.rb", text)
    plain = ruby(program, chdir: @folder, env: SMALL_STACK)
    assert_equal "exit 0", plain.ending, plain.to_s
    recorded = record_expressions(program, chdir: @folder, env: SMALL_STACK)
    assert_same_run plain, recorded
    checked_events
  end
end
