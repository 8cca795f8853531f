# frozen_string_literal: true

# The rules of the house (CONTRIBUTING.md) over every file of the tree, one test a rule.
#
# test/oracle is exempt from the rules of form: it is an independent reader, kept as it came.
require_relative "source"
require_relative "text_rules"
require_relative "c_rules"
require_relative "ruby_rules"
require_relative "name_rules"
require_relative "dead_files"
require_relative "document_rules"

class TreeTest < Minitest::Test
  SOURCES = Tidy::Source.all.freeze
  MADE = %r{\Atest/(?:oracle|golden)/|/corpus/}.freeze
  TEXTS = SOURCES.select(&:text?).reject { |source| source.path =~ MADE }.freeze
  # A recorded program is as odd as it has to be.
  ODD = %r{\Atest/programs/|\Alibctrace/test/(?:cli|golden)/}.freeze
  OURS = TEXTS.reject { |source| source.path =~ ODD }.freeze
  HEADED = TEXTS.select { |s| s.c? || s.ruby? || s.shell? || s.path == "Makefile" }.freeze

  # Every rule of a module becomes a test.
  def self.rules(rules, names, sources)
    names.each do |name|
      define_method("test_#{name}") do
        assert_clean(sources) { |source| rules.public_send(name, source) }
      end
    end
  end

  rules Tidy::TextRules, %i[trailing_white_space final_newline tabs width], OURS
  rules Tidy::TextRules, %i[file_length private_words outside_paths], TEXTS
  rules Tidy::TextRules, %i[head_comment], HEADED
  rules Tidy::NameRules, %i[identifiers verbs], OURS.select { |s| s.c? || s.ruby? }
  rules Tidy::NameRules, %i[file_name], OURS
  rules Tidy::CRules, %i[function_length braces refused_words state], OURS.select(&:c?)
  rules Tidy::CRules, %i[conditional_code library_manners includes], OURS.select(&:c?)

  def test_parameters_and_levels
    assert_clean(OURS.select(&:c?)) { |s| Tidy::CRules.parameters(s) + Tidy::CRules.levels(s) }
  end

  def test_ruby_methods
    assert_clean(OURS.select(&:ruby?)) do |source|
      Tidy::RubyRules.method_length(source) + Tidy::RubyRules.parameters(source) +
        Tidy::RubyRules.levels(source) + Tidy::RubyRules.frozen_strings(source)
    end
  end

  def test_documents_name_what_is_there
    paths = SOURCES.map(&:path)
    makefile = SOURCES.find { |source| source.path == "Makefile" }.text
    assert_clean(TEXTS.select { |source| source.path.end_with?(".md") }) do |source|
      Tidy::DocumentRules.missing_paths(source, paths) +
        Tidy::DocumentRules.missing_targets(source, makefile)
    end
  end

  def test_dead_files
    findings = Tidy::DeadFiles.find(SOURCES)
    assert_empty findings, findings.join("\n")
  end

  private

  def assert_clean(sources)
    refute_empty sources
    findings = sources.flat_map do |source|
      yield(source).map { |finding| "#{source.path}:#{finding}" }
    end
    assert_empty findings, "\n#{findings.join("\n")}\n"
  end
end
