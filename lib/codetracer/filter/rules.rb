# frozen_string_literal: true

# All sources of one recording in their order, and as plain data for the recorder.
#
# Made by Sources. The recorder gets numbers and strings only: it parses nothing, and the program
# never loads what is in this folder, but for what `pure` shares.
require_relative "built_in"

module CodeTracer
  module Filter
    # `exec` and `value_action` are the source's defaults or nil; `root` the project's folder.
    Source = Struct.new(:path, :digest, :root, :exec, :value_action, :rules)

    class Rules
      KINDS = { "pkg" => 0, "file" => 1, "obj" => 2 }.freeze
      VALUE_KINDS = { "local" => 0, "global" => 1, "arg" => 2, "ret" => 3, "attr" => 4 }.freeze
      EXECS = { "trace" => 1, "skip" => 2 }.freeze
      ACTIONS = { "allow" => 0, "redact" => 1, "drop" => 2 }.freeze
      UNCHANGED = -1

      attr_reader :sources

      # `sources` are FilterFiles and Sources. What they inherit the built-in filter has set.
      def initialize(sources)
        @sources = sources
      end

      def any?
        !@sources.empty?
      end

      # [path, SHA-256 in hexadecimal] of each, the built-in one first.
      def provenance
        [[BuiltIn::PATH, BuiltIn::DIGEST]] + @sources.map { |source| [source.path, source.digest] }
      end

      # As Decider and filter_rules.c read it.
      def to_h
        {
          exec: EXECS.fetch(default(:exec) || "trace"),
          value_action: ACTIONS.fetch(default(:value_action) || "allow"),
          value_source: @sources.rindex(&:value_action) || 0,
          roots: @sources.map(&:root).uniq.sort_by { |root| [-root.size, root] },
          rules: rules.map { |rule, number| plain(rule, number) },
          secret_names: BuiltIn::SECRET_NAMES, telling_words: BuiltIn::TELLING_WORDS
        }
      end

      # All rules, each with the number of its source.
      def rules
        @sources.each_with_index.flat_map do |source, number|
          source.rules.map { |rule| [rule, number] }
        end
      end

      private

      def default(name)
        @sources.map(&name).compact.last
      end

      def plain(rule, number)
        pattern = rule.selector.pattern
        [KINDS.fetch(rule.selector.kind), pattern.text.start_with?("/") ? 1 : 0, *pattern.to_a,
         rule.exec ? EXECS.fetch(rule.exec) : 0,
         rule.value_default ? ACTIONS.fetch(rule.value_default) : UNCHANGED,
         number, rule.value_patterns.map { |one| plain_value(one) }]
      end

      def plain_value(one)
        pattern = one.selector.pattern
        is_explicit = one.action == "allow" && pattern.match == "literal"
        [VALUE_KINDS.fetch(one.selector.kind), *pattern.to_a, ACTIONS.fetch(one.action),
         is_explicit ? 1 : 0]
      end
    end
  end
end
