# frozen_string_literal: true

# What tests of the API have in common: a program that requires it, and the traces that it makes.
#
# The program's first line is the one behind the `require`: line numbers in a test count from the
# text that it wrote.
require_relative "recorder_case"

class ApiCase < RecorderCase
  LIB = File.join(ROOT, "lib")
  # Before the program, so that its own lines begin at 1.
  # What the recorder needs of Ruby 2.7 is there before.
  PRELUDE = "require \"fiber\"; FEATURES = $LOADED_FEATURES.dup; require \"codetracer/recorder\""

  private

  # Runs the text as a program in the test's folder; no line of the recorder's own counts.
  def run_program(text, env: {}, **options)
    path = write_program("program.rb", text)
    prelude = write_program("prelude.rb", PRELUDE)
    @run = ruby("-I", LIB, "-r", prelude, path, chdir: @folder, env: env, **options)
  end

  # What the recorder that is tested can write, and the command that starts it.
  def profiles
    %w[aug26 json]
  end

  def door
    RECORDER
  end

  # The checked events of a trace under the test's folder.
  def events(trace)
    checked_events(in_folder(trace))
  end

  # The lines of program.rb and the like that were stepped on, in order.
  def lines_of(text)
    text.scan(/^ *step .*:(\d+)$/).flatten.map(&:to_i)
  end
end
