# frozen_string_literal: true

# What a rule is about: `kind[:match]:pattern`, such as "file:app/**" or "local:regex:^card".
#
# Used by FilterFile and ShortForms. Only the first two colons separate.
require_relative "fault"
require_relative "pattern"

module CodeTracer
  module Filter
    class Selector
      SCOPE_KINDS = %w[pkg file obj].freeze
      VALUE_KINDS = %w[local global arg ret attr].freeze
      PACKAGE = /\A[A-Za-z0-9_*?\[\]{},!.-]+\z/.freeze

      attr_reader :kind, :pattern

      # `kinds` are those that may stand here. Raises Fault without a place.
      def self.parse(text, kinds)
        parts = text.split(":", 3)
        kind, match, pattern = parts.size < 3 ? [parts[0], "glob", parts[1]] : parts
        check_kind(kind, kinds, text)
        check_match(match, pattern, text)
        new(kind, match, pattern)
      end

      def self.check_kind(kind, kinds, text)
        return if kinds.include?(kind)

        all = SCOPE_KINDS + VALUE_KINDS
        where = all.include?(kind) ? " cannot stand here" : " is no kind of selector"
        raise Fault, "#{quoted(kind)}#{where}; expected #{kinds.join(', ')} and a pattern, " \
                     "as in #{kinds.first}:NAME (in #{quoted(text)})"
      end

      def self.check_match(match, pattern, text)
        unless Pattern::MATCHES.include?(match)
          raise Fault, "#{quoted(match)} is no way to match; expected " \
                       "#{Pattern::MATCHES.join(', ')} (a glob with a colon is written " \
                       "KIND:glob:PATTERN; in #{quoted(text)})"
        end
        raise Fault, "#{quoted(text)} has no pattern; expected one behind the colon" if
          pattern.nil? || pattern.empty?
      end

      def self.quoted(text)
        "\"#{text}\""
      end

      def initialize(kind, match, pattern)
        @kind = kind
        @pattern = Pattern.new(match, pattern)
      end

      # Of a `file:` selector, with the path below the project's root. Raises Fault.
      def below(root)
        return self unless @kind == "file" && @pattern.match != "regex"

        Selector.new(@kind, @pattern.match, Selector.normalised(@pattern.text, root))
      end

      def self.normalised(text, root)
        path = text.sub(%r{\A(?:\./+)+}, "")
        path = path.delete_prefix("#{root}/") if root
        return path unless path.split("/").include?("..")

        inside = File.expand_path(path, "/root/here").delete_prefix("/root/here/")
        return inside unless inside.start_with?("/")

        raise Fault, "#{quoted(text)} leads out of the project's folder #{root}"
      end

      def to_s
        "#{@kind}:#{@pattern.match}:#{@pattern.text}"
      end
    end
  end
end
