# frozen_string_literal: true

# What the tests of filters need: files with rules in a folder, and what the rules decide.
#
# Within this process: that both recorders decide the same is FilterRecordingTest's to ask.
require "minitest"
require "tmpdir"
require "fileutils"
require_relative "../../lib/codetracer/filter_options"
require_relative "../../lib/codetracer/filter/built_in"
require_relative "../../lib/codetracer/filter/decider"
require_relative "../../lib/codetracer/filter/pattern"
require_relative "../../lib/codetracer/filter/sources"

class FilterCase < Minitest::Test
  include CodeTracer::Filter

  HEAD = "[meta]\nname = \"t\"\nversion = 1\n[scope]\ndefault_exec = \"trace\"\n" \
         "default_value_action = \"allow\"\n"

  def setup
    @folder = File.realpath(Dir.mktmpdir("codetracer-filter"))
  end

  def teardown
    FileUtils.rm_rf(@folder)
  end

  private

  def write(name, text)
    path = File.join(@folder, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  def rule(selector, exec: nil, values: {})
    lines = ["[[scope.rules]]", "selector = \"#{selector}\"", *("exec = \"#{exec}\"" if exec)]
    values.each do |value, action|
      lines.push("[[scope.rules.value_patterns]]", "selector = \"#{value}\"",
                 "action = \"#{action}\"")
    end
    lines.map { |line| "#{line}\n" }.join
  end

  def options(paths: [], forms: [], environment: nil)
    found = CodeTracer::FilterOptions.new("CODETRACER_TRACE_FILTER" => environment)
    paths.each { |path| found.add("--trace-filter", path) }
    forms.each { |flag, pattern| found.add(flag, pattern) }
    found
  end

  # Of files with these texts; one that is only rules gets a head.
  def rules_of(*texts)
    paths = texts.each_with_index.map do |text, index|
      write("filter#{index}.toml", text.start_with?("[meta]") ? text : HEAD + text)
    end
    CodeTracer::Filter.rules(options(paths: paths), script: nil, workdir: @folder)
  rescue Fault => e
    skip e.message if e.message.include?("is not installed")
    raise
  end

  def decider(rules)
    Decider.new(rules.to_h.merge(skip_prefixes: %w[/gems/ /stdlib/ /own/], gem_prefixes: %w[/gems/],
                                 own_prefixes: %w[/own/], main_script: ""))
  end

  def decide(decider, path, name = nil)
    path = File.join(@folder, path) unless path.start_with?("/")
    decider.decide(decider.unit(path), name)
  end

  def traced?(rules, path, name = nil)
    decide(decider(rules), path, name).is_traced
  end
end
