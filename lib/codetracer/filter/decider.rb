# frozen_string_literal: true

# What the rules say of one unit of code: a file, or a method in it.
#
# Used by the pure recorder and by `filter explain`; it requires nothing but Matcher. Asked once a
# unit, and the answer is kept. Mirrors ext/codetracer_recorder/filter_rules.c.
require_relative "matcher"

module CodeTracer
  module Filter
    # `is_traced`; `value_action` of values that no pattern is about; `patterns` as ValueRule.
    # `rules` are the numbers of the rules that matched.
    Decision = Struct.new(:is_traced, :value_action, :patterns, :rules)
    # Names that selectors are compared with. `is_foreign`: the built-in filter skips it.
    Unit = Struct.new(:path, :relative, :package, :is_foreign)
    ValueRule = Struct.new(:kind, :matcher, :action, :is_explicit)
    ScopeRule = Struct.new(:kind, :is_absolute, :matcher, :exec, :value_default, :source, :patterns)

    class Decider
      PACKAGE, FILE, OBJECT = 0, 1, 2
      TRACE, SKIP = 1, 2
      DROP = 2
      VERSION_TAIL = /-(?:\d[^-]*|\h{7,})(?:-[^-]+)?\z/.freeze # of a gem's folder

      # `plain` is Rules#to_h with skip_prefixes, gem_prefixes, own_prefixes and main_script.
      def initialize(plain)
        @plain = plain
        @roots = plain[:roots].map { |root| "#{root.b}/" }
        @rules = plain[:rules].map { |rule| scope_rule(rule) }
        @object_rules = @rules.any? { |rule| rule.kind == OBJECT }
      end

      # Whether methods of one file may be decided differently.
      def object_rules?
        @object_rules
      end

      def unit(real_path)
        path = real_path.b
        foreign = path.start_with?("<") || (path != @plain[:main_script].b && skipped?(path))
        Unit.new(path, relative(path), package(path), foreign)
      end

      # Of code that is in no method, or of the method `name` ("Order#pay").
      def decide(unit, name = nil)
        decision = Decision.new(@plain[:exec] == TRACE && !unit.is_foreign, @plain[:value_action],
                                [], [])
        value_source, pattern_source = @plain[:value_source], 0
        @rules.each_with_index do |rule, number|
          next unless matches?(rule, unit, name)

          decision.rules << number
          apply(decision, rule, unit)
          value_source = rule.source if rule.value_default >= 0
          pattern_source = rule.source
        end
        decision.patterns = [] if decision.value_action == DROP && pattern_source < value_source
        decision.is_traced = false if own?(unit.path)
        decision
      end

      # Whether no code of the file is recorded, whatever it is called.
      def skips_file?(unit)
        return true if own?(unit.path)
        return false if decide(unit).is_traced

        unit.is_foreign || @rules.none? { |rule| rule.kind == OBJECT && rule.exec == TRACE }
      end

      def own?(path)
        path.start_with?("<") || @plain[:own_prefixes].any? { |prefix| path.start_with?(prefix.b) }
      end

      private

      def scope_rule(plain)
        kind, is_absolute, code, sets, exec, value_default, source, patterns = plain
        values = patterns.map do |value_kind, value_code, value_sets, action, is_explicit|
          ValueRule.new(value_kind, Matcher.new([value_code, value_sets]), action, is_explicit == 1)
        end
        ScopeRule.new(kind, is_absolute == 1, Matcher.new([code, sets]), exec, value_default,
                      source, values)
      end

      # A rule about methods does not reach into code that is not the program's.
      def apply(decision, rule, unit)
        unless rule.exec.zero? || (rule.kind == OBJECT && unit.is_foreign && !decision.is_traced)
          decision.is_traced = rule.exec == TRACE
        end
        decision.value_action = rule.value_default if rule.value_default >= 0
        decision.patterns = rule.patterns
      end

      def matches?(rule, unit, name)
        case rule.kind
        when FILE then rule.matcher.match?(rule.is_absolute ? unit.path : unit.relative)
        when PACKAGE then rule.matcher.match?(unit.package)
        else !name.nil? && object?(rule.matcher, unit, name)
        end
      end

      def object?(matcher, unit, name)
        matcher.match?(name) || matcher.match?("#{unit.package}.#{name}")
      end

      def skipped?(path)
        @plain[:skip_prefixes].any? { |prefix| path.start_with?(prefix.b) }
      end

      # Below the innermost project that has the file; else as it is.
      def relative(path)
        root = @roots.find { |one| path.start_with?(one) }
        root ? path.delete_prefix(root) : path
      end

      # The gem's name, or the path below the project or the library with dots.
      def package(path)
        gems = @plain[:gem_prefixes].map(&:b).find { |prefix| path.start_with?(prefix) }
        return path.delete_prefix(gems)[/\A[^\/]*/].sub(VERSION_TAIL, "") if gems

        folder = (@roots + @plain[:skip_prefixes].map(&:b)).find { |one| path.start_with?(one) }
        inside = folder ? path.delete_prefix(folder) : path.delete_prefix("/")
        inside.delete_suffix(".rb").tr("/", ".")
      end
    end
  end
end
