# frozen_string_literal: true

# Random graphs of values, recorded: `ctrace print` says of each what ValueWords, written from the
# document alone, said of the same graph in a plain run. Native and pure.
#
# VALUE_GRAPHS graphs (default 1,000) with the seeds from VALUE_SEED on, in chunks.
require_relative "../recorder/recorder_case"
require_relative "value_words"

class ValueGraphTest < RecorderCase
  parallelize_me!

  PROGRAM = File.expand_path("value_graphs.rb", __dir__)
  COUNT = Integer(ENV.fetch("VALUE_GRAPHS", "1000"))
  SEED = Integer(ENV.fetch("VALUE_SEED", "1"))
  CHUNK = 250
  CALL = /^ *call show\(self=Object:"main", value=(.*)\) \S+:\d+$/.freeze

  (SEED...SEED + COUNT).step(CHUNK) do |first|
    define_method("test_from_#{first}") { check(first, [CHUNK, SEED + COUNT - first].min) }
  end

  private

  def check(first, count)
    expected = ruby("-W0", PROGRAM, "words", first.to_s, count.to_s)
    assert expected.status.success?, expected.to_s
    words = expected.out.force_encoding("UTF-8").lines(chomp: true)
    assert_equal count, words.size
    %w[native pure].each { |recorder| compare(words, recorder, first, count) }
  end

  def compare(words, recorder, first, count)
    trace = in_folder(recorder)
    words_of_run = [PROGRAM, recorder, first, count, trace].map(&:to_s)
    ran = ruby("-W0", "-I", File.join(ROOT, "lib"), *words_of_run)
    assert ran.status.success?, ran.to_s
    printed = Command.run(CTRACE, "print", "--events", trace)
    assert printed.status.success?, printed.err
    shown = printed.out.force_encoding("UTF-8").scan(CALL).flatten
    assert_equal count, shown.size, ran.to_s
    words.zip(shown).each_with_index do |(said, seen), index|
      assert_equal said, ValueWords.numbered(seen), "#{recorder}, seed #{first + index}"
    end
  end
end
