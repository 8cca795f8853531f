# frozen_string_literal: true

# What an exception's causes say is JSON in the trace: bytes that JSON escapes, at each place of the
# eight that are looked at together, in texts of all lengths.
#
# Both recorders are asked.
require_relative "recorder_case"
require "json"

class CauseTextTest < RecorderCase
  parallelize_me!

  ODD = ['"', "\\", "\n", "\e", "\x7F", "\u00e9", "\u{1F480}", "\xFF", "\0", "\"#", "\x1F ",
         "\\]"].freeze
  PROGRAM = <<~'RUBY'
    def fail_with(text)
      raise KeyError, text
    rescue KeyError
      raise "later"
    end

    TEXTS = Marshal.load(DATA.read.unpack1("m"))
    TEXTS.each do |text|
      fail_with(text)
    rescue RuntimeError => e
      e.message
    end
    __END__
  RUBY

  def test_native
    assert_equal expected, causes("native")
  end

  def test_pure
    assert_equal expected, causes("pure")
  end

  private

  def texts
    @texts ||= ODD.product([0, 1, 7, 8, 9, 15, 16]).map do |odd, place|
      ("abcdefgh" * 2)[0, place] + odd + "ijklmnopqrst"
    end
  end

  def expected
    texts.map { |text| "KeyError: #{text.scrub { |byte| format('\\x%02X', byte.unpack1('C')) }}" }
  end

  def causes(recorder)
    data = [Marshal.dump(texts)].pack("m")
    details = events_by(recorder, PROGRAM + data).scan(/event 11 ("(?:[^"\\]|\\.)*")/).flatten
    details.filter_map { |detail| JSON.parse(JSON.parse(detail))["causes"]&.first }
  end
end
