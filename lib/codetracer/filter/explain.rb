# frozen_string_literal: true

# `filter explain FILE.rb[:LINE]`: what the filters decide for a file, or for the method at a line,
# and which rules did it.
#
# Called by CLI with the options that a recording would be given. Nothing is run: methods are found
# in the syntax tree.
require_relative "../code_folders"
require_relative "../gem_folders"
require_relative "decider"
require_relative "method_finder"
require_relative "sources"

module CodeTracer
  module Filter
    class Explain
      ACTIONS = %w[allow redact drop].freeze

      # `options` is a RecordingOptions whose command is the place alone. Raises UsageError, Fault.
      def initialize(options)
        @options = options
        place, *rest = options.command
        raise UsageError, "filter explain: which file? FILE.rb or FILE.rb:LINE" if
          place.nil? || !rest.empty?

        @path, line = place.match(/\A(.+?)(?::(\d+))?\z/m).captures
        @line = line && Integer(line, 10)
        raise CannotRecord, "no such file: #{@path}" unless File.file?(@path)
      end

      # The answer, some lines of text.
      def text
        @path = File.realpath(@path)
        @rules = Filter.rules(@options.filters, script: @path, workdir: Dir.pwd)
        decider = Decider.new(plain)
        unit = decider.unit(@path)
        name = @line && MethodFinder.name_at(@path, @line)
        decision = decider.decide(unit, name)
        [*head(unit, name), *steps(unit, decision, decider), *verdict(decision, decider, unit),
         *values(decision)].map { |line| "#{line}\n" }.join
      end

      private

      def plain
        require "rubygems" # the front door may have gone without
        folders, gems = CodeFolders.to_h, GemFolders.prefixes
        @rules.to_h.merge(folders, skip_prefixes: folders[:skip_prefixes] | gems,
                                   gem_prefixes: gems, main_script: "")
      end

      def head(unit, name)
        where = unit.relative == unit.path ? "in no project" : unit.relative
        ["#{@path}#{":#{@line}" if @line}", "  file     #{where}", "  package  #{unit.package}",
         *("  object   #{name || 'in no method'}" if @line)]
      end

      def steps(unit, decision, decider)
        numbers = decision.rules
        lines = ["  #{BuiltIn::PATH}: #{built_in(unit, decider)}"]
        lines << "  default_exec = \"#{default}\" (#{default_source})" if default_source
        lines + numbers.map { |number| step(@rules.rules[number].first) }
      end

      def built_in(unit, decider)
        return "the recorder's own code: never recorded" if decider.own?(unit.path)

        unit.is_foreign ? "the standard library or a gem: skip" : "the program's own code: trace"
      end

      def default
        @rules.sources.map(&:exec).compact.last
      end

      def default_source
        found = @rules.sources.reverse_each.find(&:exec)
        found && found.path
      end

      def step(rule)
        effects = [("exec = #{rule.exec}" if rule.exec),
                   ("values: #{rule.value_default}" if rule.value_default),
                   "#{rule.value_patterns.size} value patterns"].compact
        reason = rule.reason ? " (#{rule.reason})" : ""
        "  #{rule.place}: #{rule.selector} matches: #{effects.join(', ')}#{reason}"
      end

      def verdict(decision, decider, unit)
        word = decision.is_traced ? "recorded" : "skipped"
        return ["  => #{word}"] if @line || !decider.object_rules? || decider.skips_file?(unit)

        ["  => #{word}; rules about methods may differ: ask with a line"]
      end

      def values(decision)
        last = decision.patterns.empty? ? nil : @rules.rules[decision.rules.last].first
        patterns = last ? last.value_patterns : []
        ["  values: #{ACTIONS[decision.value_action]}, secrets redacted",
         *patterns.map { |one| "  #{one.selector} #{one.action}" }]
      end
    end
  end
end
