# frozen_string_literal: true

# Mistakes in filters: each is told with file, line, column and what was expected.
#
# Unknown keys are mistakes, so that no rule is overlooked.
require_relative "filter_case"

class FilterMistakesTest < FilterCase
  MISTAKES = {
    ["version = 1", "version = 2"] => /\A3:11: version 2 is not known here; expected 1/,
    ["name = \"t\"", "name = \" \""] => /\A2:8: a filter needs a name/,
    ["name = \"t\"", "nam = \"t\""] =>
      /\A2:1: there is no key nam in \[meta\]; expected name, version/,
    ["[scope]", "[scop]"] => /\A4:1: there is no key scop in the file; expected meta, io, scope/,
    ["default_exec = \"trace\"\n", ""] => /\A4:1: \[scope\] has no default_exec; expected/,
    ["\"trace\"", "\"tracd\""] =>
      /\A5:16: "tracd" is not possible for default_exec; expected trace, skip/,
    ["\"trace\"", "7"] => /\A5:16: default_exec is no string; expected a string/,
    ["[meta]", "[meta"] => /\A1:\d: .*TOML/,
    ["version = 1", "version = 1 1"] => /\A3:\d+: .*TOML/,
    # Some versions of the parser take the last of two keys: then it is the version that is missed.
    ["version = 1", "name = \"u\""] =>
      /\A\d:\d+: (?:TOML: .*\b[Kk]ey name|\[meta\] has no version)/,
    ["[meta]", "[io]\ncapture = true\n[meta]"] => /\A1:1: \[io\] captures, but which streams\?/,
    ["[meta]", "[io]\nmodes = [\"x\"]\n[meta]"] => /\A2:9: modes must be empty/,
    ["[meta]", "# \xFF\n[meta]"] => /\A1:1: this line is not UTF-8/
  }.freeze

  def test_mistakes_are_told_with_their_place
    MISTAKES.each do |(old, new), message|
      assert_match message, mistake(HEAD.sub(old, new))
    end
  end

  # In each table.
  UNKNOWN = {
    "" => /\A1:1: there is no key stray in the file; expected meta, io, scope/,
    "[meta]" => /\A2:1: there is no key stray in \[meta\]; expected name, version, desc/,
    "[scope]" => /\A5:1: there is no key stray in \[scope\]; expected default_exec, default_v/,
    "[[scope.rules]]" => /\A8:1: there is no key stray in \[scope.rules\]; expected selector, exec/,
    "[[scope.rules.value_patterns]]" =>
      /\A10:1: there is no key stray in \[scope.rules.value_patterns\]; expected selector, act/
  }.freeze

  def test_unknown_keys_of_each_table
    whole = HEAD + rule("file:x", values: { "arg:a" => "drop" })
    UNKNOWN.each do |table, message|
      text = table.empty? ? "stray = 1\n#{whole}" : whole.sub("#{table}\n", "#{table}\nstray = 1\n")
      assert_match message, mistake(text), table
    end
    assert_match(/\A2:1: there is no key stray in \[io\]; expected capture, streams, modes/,
                 mistake("[io]\nstray = 1\n#{HEAD}"))
  end

  def test_wrong_words_of_rules
    { "exec = \"skipp\"" => /\A9:8: "skipp" is not possible for exec; expected trace, skip, inh/,
      "value_default = \"no\"" => /\A9:17: "no" is not possible for value_default; expected allow/,
      "exec = true" => /\A9:8: exec is no string; expected a string/ }.each do |line, message|
      assert_match message, mistake(HEAD + rule("file:x") + line)
    end
    assert_match(/\A7:1: \[scope.rules\] has no selector; expected selector/,
                 mistake("#{HEAD}[[scope.rules]]\nexec = \"skip\"\n"))
    assert_match(/\A11:10: "maybe" is not possible for action; expected allow, redact, drop, deny/,
                 mistake(HEAD + rule("file:x", values: { "arg:a" => "maybe" })))
    assert_match(/\A4:10: labels hold strings/,
                 mistake(HEAD.sub("[scope]", "labels = [1]\n[scope]")))
  end

  SELECTORS = {
    "fil:x" => /"fil" is no kind of selector; expected pkg, file, obj/,
    "local:x" => /"local" cannot stand here; expected pkg, file, obj/,
    "file:glo:x" => /"glo" is no way to match; expected glob, regex, literal/,
    "file:" => /has no pattern/, "file" => /has no pattern/, "file:../x" => /leads out of/,
    "file:regex:(a" => /regex, character 1: this \( is not closed/, "pkg:a b" => /is no package/,
    "file:[a" => /without its \]/
  }.freeze

  def test_mistakes_in_selectors
    SELECTORS.each do |selector, message|
      assert_match(/\A8:12: .*#{message}/, mistake(HEAD + rule(selector)))
    end
    assert_match(/\A10:12: "file" cannot stand here; expected local, global, arg, ret, attr/,
                 mistake(HEAD + rule("file:x", values: { "file:x" => "drop" })))
  end

  def test_a_file_that_is_not_there_is_a_mistake
    wanted = options(paths: ["nope.toml"])
    fault = assert_raises(Fault) do
      CodeTracer::Filter.rules(wanted, script: nil, workdir: @folder)
    end
    assert_match(/\Acannot read the filter .*nope.toml: No such file/, fault.message)
  end

  private

  def mistake(text)
    wanted = options(paths: [write("wrong.toml", text)])
    fault = assert_raises(Fault) do
      CodeTracer::Filter.rules(wanted, script: nil, workdir: @folder)
    end
    skip fault.message if fault.message.include?("is not installed")
    fault.message.delete_prefix("#{@folder}/wrong.toml:")
  end
end
