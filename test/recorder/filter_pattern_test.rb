# frozen_string_literal: true

# Globs, regular expressions and literals of filters: what each matches, and what is refused.
#
# The programs that patterns become are run here as the pure recorder runs them.
require_relative "filter_case"

class FilterPatternTest < FilterCase
  PIECES = %w[a b . a* b+ [ab] (a|b) a? \\d x{1,2}].freeze

  def test_globs
    { "app/*" => { "app/x" => true, "app/x/y" => false }, "app/**" => { "app/x/y" => true },
      "app/**/x.rb" => { "app/x.rb" => true, "app/a/b/x.rb" => true, "app/ax.rb" => false },
      "**/x.rb" => { "x.rb" => true, "a/x.rb" => true }, "a?c" => { "abc" => true, "a/c" => false },
      "a[b-d]e" => { "ace" => true, "aee" => false }, "a[!b]c" => { "abc" => false, "axc" => true },
      "{a,b*}z" => { "az" => true, "bqz" => true, "cz" => false }, "a\\*" => { "a*" => true },
      "é?" => { "éü" => true, "é" => false } }.each do |glob, texts|
      assert_decides "glob", glob, texts
    end
  end

  def test_regexes_search_and_literals_are_whole
    { "ass" => { "password" => true }, "^ass" => { "password" => false, "assert" => true },
      "(?i)^TOKEN$" => { "token" => true, "tokens" => false },
      "\\bpan\\b" => { "company" => false, "a pan" => true },
      "a{2,3}b" => { "ab" => false, "xaab" => true },
      "[^a-y]+z|q" => { "zz" => true, "az" => false },
      "^(a+)+$" => { "#{'a' * 5000}b" => false } }.each do |regex, texts|
      assert_decides "regex", regex, texts
    end
    assert_decides "literal", "a*", { "a*" => true, "ab" => false, "xa*" => false }
  end

  # What Ruby's own engine says of the same.
  def test_regexes_are_rubys
    random = Random.new(7)
    500.times do
      text = Array.new(random.rand(1..6)) { PIECES.sample(random: random) }
      subject = Array.new(random.rand(0..8)) { %w[a b x 1].sample(random: random) }.join
      assert_equal Regexp.new(text.join).match?(subject), matches?("regex", text.join, subject),
                   "#{text.join} in #{subject}"
    end
  end

  def test_what_no_automaton_does_is_refused
    { "(?=a)" => /character 1/, "\\1" => /\\1/, "a++" => /possessive/, "[a" => /not closed/,
      "(a" => /not closed/, "a)" => /closes nothing/, "*" => /nothing stands before/,
      "a{9999}" => /at most/, "(a{1000}){1000}" => /too large/ }.each do |regex, message|
      assert_match message, assert_raises(Fault) { Pattern.new("regex", regex) }.message
    end
  end

  private

  def matches?(match, pattern, text)
    Matcher.new(Pattern.new(match, pattern).to_a).match?(text)
  end

  def assert_decides(match, pattern, texts)
    texts.each do |text, expected|
      assert_equal expected, matches?(match, pattern, text), "#{match} #{pattern} in #{text[0, 40]}"
    end
  end
end
