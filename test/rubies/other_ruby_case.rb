# frozen_string_literal: true

# What the suites of Rubies other than CRuby share: a program recorded there has the events of its
# golden, which a CRuby made.
#
# Used by JrubyTest and WasmTest. They say how a program is run there, which golden is the nearest,
# and what that Ruby makes different, by name: a function from events to what has to be equal.
require_relative "../recorder/recorder_case"
require_relative "../recorder/program"
require_relative "../conformance/differences"

class OtherRubyCase < RecorderCase
  GOLDENS = File.join(ROOT, "test", "golden")

  private

  # `version` is that of the CRuby whose golden is taken, if it has one of its own.
  def golden(program, version)
    own = File.join(GOLDENS, "#{program.name}.ruby#{version}.events")
    path = File.exist?(own) ? own : File.join(GOLDENS, "#{program.name}.events")
    File.read(path, encoding: "UTF-8")
  end

  def assert_same_events(expected, actual)
    path = in_folder("expected")
    File.write(path, expected)
    assert expected == actual, -> { Command.run("diff", "-u", path, "-", stdin: actual).out }
  end
end
