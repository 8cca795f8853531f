# frozen_string_literal: true

# One filter file: read, checked to the last key, and as rules.
#
# Used by Sources. The language is that of the family's other recorders; doc/filters.md tells it.
require_relative "rule"
require_relative "selector"
require_relative "toml"

module CodeTracer
  module Filter
    class FilterFile
      VERSION = 1
      EXECS = %w[trace skip inherit].freeze
      ACTIONS = %w[allow redact drop inherit].freeze
      PATTERN_ACTIONS = %w[allow redact drop deny].freeze
      STREAMS = %w[stdout stderr stdin files].freeze
      # table → its keys; a key's name with `!` must be there
      TABLES = {
        [] => { "meta!" => Hash, "io" => Hash, "scope!" => Hash },
        %w[meta] => { "name!" => String, "version!" => Integer, "description" => String,
                      "labels" => Array },
        %w[io] => { "capture" => :boolean, "streams" => Array, "modes" => Array },
        %w[scope] => { "default_exec!" => String, "default_value_action!" => String,
                       "rules" => Array },
        %w[scope rules] => { "selector!" => String, "exec" => String, "value_default" => String,
                             "reason" => String, "value_patterns" => Array },
        %w[scope rules value_patterns] => { "selector!" => String, "action!" => String,
                                            "reason" => String }
      }.freeze
      TYPE_WORDS = { Hash => "a table", String => "a string", Integer => "a whole number",
                     Array => "a list", :boolean => "true or false" }.freeze

      # `exec` and `value_action` are the file's defaults, nil where it inherits.
      attr_reader :path, :root, :digest, :exec, :value_action, :rules

      # `path` is absolute. Raises Fault.
      def initialize(path, bytes)
        @path = path
        folder = File.dirname(path)
        @root = File.basename(folder) == ".codetracer" ? File.dirname(folder) : folder
        @digest = Filter.digest(bytes)
        @toml = Toml.new(bytes, path)
        check_table(@toml.tree, [])
        check_meta
        check_io
        read_scope
      end

      private

      def fault(text, keys)
        raise Fault.new(text, @toml.place_of_value(keys))
      end

      # ---- shapes ----

      def check_table(table, keys)
        known = TABLES.fetch(keys.grep(String))
        refuse_unknown(table, keys, known)
        known.each do |name, type|
          key = name.delete_suffix("!")
          if table.key?(key)
            check_type(table[key], type, keys + [key])
          elsif name.end_with?("!")
            missing(key, keys)
          end
        end
      end

      def refuse_unknown(table, keys, known)
        allowed = known.keys.map { |name| name.delete_suffix("!") }
        unknown = table.keys.find { |key| !allowed.include?(key) }
        return unless unknown

        raise Fault.new("there is no key #{unknown} in #{name_of(keys)}; expected " \
                        "#{allowed.join(', ')}", @toml.place_of_key(keys + [unknown]))
      end

      def missing(key, keys)
        raise Fault.new("#{name_of(keys)} has no #{key}; expected #{TABLES.fetch(keys.grep(String))
          .keys.grep(/!/).map { |name| name.delete_suffix('!') }.join(' and ')}",
                        @toml.place_of_key(keys))
      end

      def name_of(keys)
        keys.empty? ? "the file" : "[#{keys.grep(String).join('.')}]"
      end

      def check_type(value, type, keys)
        right = type == :boolean ? [true, false].include?(value) : value.is_a?(type)
        fault("#{keys.last} is no #{TYPE_WORDS[type].sub(/\Aan? /, '')}; expected " \
              "#{TYPE_WORDS[type]}", keys) unless right
        return check_table(value, keys) if type == Hash

        check_list(value, keys) if type == Array && TABLES.key?(keys.grep(String))
      end

      def check_list(list, keys)
        list.each_with_index do |element, index|
          fault("#{keys.last} holds tables, [[#{keys.grep(String).join('.')}]]", keys) unless
            element.is_a?(Hash)
          check_table(element, keys + [index])
        end
      end

      def check_word(value, words, keys)
        return value if words.include?(value)

        fault("#{Selector.quoted(value)} is not possible for #{keys.last}; expected " \
              "#{words.join(', ')}", keys)
      end

      # ---- contents ----

      def check_meta
        meta = @toml.tree["meta"]
        fault("a filter needs a name", %w[meta name]) if meta["name"].strip.empty?
        fault("labels hold strings; expected [\"…\"]", %w[meta labels]) unless
          (meta["labels"] || []).all?(String)
        return if meta["version"] == VERSION

        fault("version #{meta['version']} is not known here; expected #{VERSION}", %w[meta version])
      end

      def check_io
        table = @toml.tree["io"] || {}
        raise Fault.new("[io] captures, but which streams? expected streams = [\"stdout\", …]",
                        @toml.place_of_key(%w[io])) if table["capture"] && !table["streams"]

        (table["streams"] || []).each { |name| check_word(name, STREAMS, %w[io streams]) }
        fault("modes must be empty", %w[io modes]) unless (table["modes"] || []).empty?
      end

      def read_scope
        scope = @toml.tree["scope"]
        @exec = word(scope, "default_exec", EXECS, ["scope"])
        @value_action = word(scope, "default_value_action", ACTIONS, ["scope"])
        @rules = (scope["rules"] || []).each_with_index.map do |table, index|
          read_rule(table, ["scope", "rules", index])
        end
      end

      # nil: not there, or inherited.
      def word(table, key, words, keys)
        value = table[key]
        value && check_word(value, words, keys + [key]) != "inherit" ? value : nil
      end

      def read_rule(table, keys)
        patterns = (table["value_patterns"] || []).each_with_index.map do |pattern, index|
          read_value_pattern(pattern, keys + ["value_patterns", index])
        end
        rule = Rule.new(selector(table, Selector::SCOPE_KINDS, keys), @toml.place_of_key(keys))
        rule.exec = word(table, "exec", EXECS, keys)
        rule.value_default = word(table, "value_default", ACTIONS, keys)
        rule.value_patterns, rule.reason = patterns, table["reason"]
        rule
      end

      def read_value_pattern(table, keys)
        action = check_word(table["action"], PATTERN_ACTIONS, keys + ["action"])
        ValuePattern.new(selector(table, Selector::VALUE_KINDS, keys),
                         action == "deny" ? "redact" : action, table["reason"])
      end

      def selector(table, kinds, keys)
        found = Selector.parse(table["selector"], kinds).below(@root)
        check_package(found)
        found
      rescue Fault => e
        fault(e.message, keys + ["selector"])
      end

      def check_package(selector)
        return if selector.kind != "pkg" || selector.pattern.match == "regex" ||
                  Selector::PACKAGE.match?(selector.pattern.text)

        raise Fault, "#{Selector.quoted(selector.pattern.text)} is no package; expected the name " \
                     "of a gem, or a path with dots"
      end
    end
  end
end
