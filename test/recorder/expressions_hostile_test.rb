# frozen_string_literal: true

# --expressions where code is left, changed or looked at while an expression is under way.
#
# Each program is run plain and recorded; nothing may tell the two apart. Some are run once more
# while the collector runs at each object, or moves what it can.
require_relative "expressions_case"

class ExpressionsHostileTest < ExpressionsCase
  parallelize_me!

  TABLE = File.join(__dir__, "expression_hostile.txt")
  COLLECTORS = {
    "plain" => "", "moving" => "GC.auto_compact = true rescue nil\n",
    "stress" => "GC.stress = true\n"
  }.freeze
  # Of each program's first line: `# name (what it cannot run with)`
  HEAD = /^## (?<name>\w+)(?: \((?<not>[\w ,.]+)\))?\n/.freeze

  File.read(TABLE).split(/(?=^## )/).drop(1).each do |text|
    head = text.match(HEAD)
    COLLECTORS.each do |collector, line|
      next if head[:not].to_s.include?(collector)

      define_method("test_#{head[:name]}_#{collector}") { compare(head[:not], line + text) }
    end
  end

  private

  def compare(wanted, text)
    oldest = wanted.to_s[/\d\.\d/]
    skip "needs Ruby #{oldest}" if oldest && RUBY_VERSION < oldest
    program = write_program("hostile.rb", text)
    plain = ruby(program, chdir: @folder)
    assert_equal "exit 0", plain.ending, plain.to_s
    recorded = record_expressions(program, chdir: @folder)
    assert_same_run plain, recorded
    checked_events
  end
end
