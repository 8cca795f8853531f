# frozen_string_literal: true

# A test of what is kept out of a trace, whatever it is called there.
#
# Base of the tests about secrets: programs that both recorders have to tell the same of.
require_relative "recorder_case"

class SecretsCase < RecorderCase
  private

  # The events of the native recorder, which are also the pure one's.
  def recorded(text, *words, stdin: "", env: {}, ending: "exit 0")
    path = write_program("program.rb", text)
    native, pure = %w[native pure].map do |recorder|
      run = record("--recorder", recorder, "--profile", "json", *words, path, stdin: stdin,
                   env: env)
      skip run.err if run.err.include?("is not installed")
      assert_equal ending, run.ending, run.to_s
      checked_events
    end
    assert_equal native, pure
    native
  end
end
