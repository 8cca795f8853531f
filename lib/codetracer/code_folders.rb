# frozen_string_literal: true

# Where code lies that is not the program's: Ruby's standard library, the recorder itself.
#
# Used by BootOptions and Filter::Explain. Real folders, each with a slash at its end. Those of gems
# are known where RubyGems is: GemFolders.
require_relative "native"
require_relative "real_folders"
require_relative "ruby_config"

module CodeTracer
  module CodeFolders
    OWN_FOLDERS = %w[lib src].map { |name| File.join(Native::ROOT, name) }.freeze
    STANDARD_FOLDERS = %w[
      rubylibdir rubyarchdir sitedir sitelibdir sitearchdir vendordir vendorlibdir vendorarchdir
    ].freeze

    module_function

    # As Filter::Decider and the extension read it, but for gems.
    def to_h
      standard = STANDARD_FOLDERS.map { |name| RubyConfig[name] }.compact
      { skip_prefixes: RealFolders.prefixes(OWN_FOLDERS + standard),
        own_prefixes: RealFolders.prefixes(OWN_FOLDERS) }
    end
  end
end
