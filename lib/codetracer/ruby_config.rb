# frozen_string_literal: true

# What the recorder asks of RbConfig.
#
# Used by the launcher. A Ruby without RubyGems has not loaded RbConfig, which takes as long as all
# that the launcher does: what it says is compiled with the launcher's files, see CompiledFiles.
module CodeTracer
  module RubyConfig
    NAMES = %w[
      ruby_version rubylibdir rubyarchdir sitedir sitelibdir sitearchdir vendordir vendorlibdir
      vendorarchdir
    ].freeze

    class << self
      # As `read` answered to this very executable.
      attr_writer :known

      def [](name)
        known[:config][name]
      end

      # The path of the ruby that runs.
      def ruby
        known[:ruby]
      end

      def read
        require "rbconfig"
        { ruby: RbConfig.ruby, config: NAMES.map { |name| [name, RbConfig::CONFIG[name]] }.to_h }
      end

      private

      def known
        @known ||= read
      end
    end
  end
end
