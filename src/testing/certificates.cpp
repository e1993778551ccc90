// SPDX-License-Identifier: MIT
// Copyright (c) The corochain authors
#include "testing/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <cstdint>

#include "testing/openssl_pointer.hpp"

// Makes a CA and a certificate for each server, in memory. Files in the repository would expire, and a shared
// private key would be a key that anybody has.
namespace corochain::testing::detail {

namespace {

using certificate_pointer = openssl_pointer<X509>;

// The owner of a certificate: its name and its key.
class identity {
 public:
  explicit identity(std::string name)
      : name_(std::move(name)), key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {
    // P-256 keys are made in less than a millisecond. RSA keys take a hundred times as long, for each server
    // of each test.
    require(key_ != nullptr, "make a key");
  }
  const std::string& name() const { return name_; }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  std::string name_;
  openssl_pointer<EVP_PKEY> key_;
};

// Serial numbers must differ between certificates of one CA, and names between CAs.
std::uint64_t random_number() {
  std::uint64_t number = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1, "draw a random number");
  // Serial numbers are positive.
  return number >> 1;
}

void set_name(X509_NAME* name, const std::string& text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1, "name a certificate");
}

// A draft without extensions and signature, valid from `first_day` to `last_day`, counted from now.
// A certificate that signs itself has one identity as both, and so has a CA.
certificate_pointer draft(const identity& subject, const identity& issuer, int first_day, int last_day) {
  certificate_pointer made(X509_new());
  require(made != nullptr, "make a certificate");
  X509* x = made.get();
  // 2 means X.509 v3.
  require(X509_set_version(x, 2) == 1, "set the version");
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), random_number()) == 1, "set the serial number");
  require(X509_time_adj_ex(X509_getm_notBefore(x), first_day, 0, nullptr) != nullptr, "set the first day");
  require(X509_time_adj_ex(X509_getm_notAfter(x), last_day, 0, nullptr) != nullptr, "set the last day");
  set_name(X509_get_subject_name(x), subject.name());
  set_name(X509_get_issuer_name(x), issuer.name());
  require(X509_set_pubkey(x, subject.key()) == 1, "set the public key");
  return made;
}

// Adds an extension by the text that openssl.cnf would have for it.
void add_extension(X509* subject, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  // The context gives the values "hash" and "keyid" the keys of subject and issuer.
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  const openssl_pointer<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension != nullptr, "make an extension");
  require(X509_add_ext(subject, extension.get(), -1) == 1, "add an extension");
}

// To be called last: the signature covers the extensions.
void sign(X509* certificate, const identity& issuer) {
  require(X509_sign(certificate, issuer.key(), EVP_sha256()) > 0, "sign a certificate");
}

// A CA that is valid from yesterday on, so that a clock that is a little behind accepts it.
certificate_pointer issue_ca(const identity& ca) {
  certificate_pointer made = draft(ca, ca, -1, 30);
  add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  // The authority key identifier of the server's certificate refers to it.
  add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash");
  sign(made.get(), ca);
  return made;
}

// If `ca` is null, the certificate is signed with its own key.
certificate_pointer issue_leaf(const identity& server, const identity& issuer, X509* ca,
                               const certificate_wish& wish) {
  certificate_pointer made = draft(server, issuer, wish.first_day, wish.last_day);
  // A certificate that signs itself is its own issuer, also for the extensions.
  X509* signer = ca != nullptr ? ca : made.get();
  add_extension(made.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), signer, NID_key_usage, "critical,digitalSignature");
  add_extension(made.get(), signer, NID_ext_key_usage, wish.purpose);
  // Clients look at these names only. The common name is for people.
  add_extension(made.get(), signer, NID_subject_alt_name, wish.alternative_names);
  add_extension(made.get(), signer, NID_subject_key_identifier, "hash");
  if (ca != nullptr) add_extension(made.get(), signer, NID_authority_key_identifier, "keyid:always");
  sign(made.get(), issuer);
  return made;
}

// The text that `write(bio)` writes.
template <class Write>
std::string pem(Write write) {
  const openssl_pointer<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && write(bio.get()) == 1, "write PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

// PEM, because the library's options and Asio take it.
std::string pem_of(X509* certificate) {
  return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return pem(
      [&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

// Each server's CA has another name, so a client that trusts several CAs never confuses two.
identity new_ca() { return identity("corochain mock CA " + std::to_string(random_number())); }

}  // namespace

// An untrusted server shows a good certificate of its own CA; the CA that is returned for clients is another
// one.
server_certificates issue_certificates(const certificate_wish& wish) {
  const identity ca = new_ca();
  const certificate_pointer ca_certificate = issue_ca(ca);
  const identity server("corochain mock server");
  const certificate_pointer leaf = issue_leaf(server, wish.self_signed ? server : ca,
                                              wish.self_signed ? nullptr : ca_certificate.get(), wish);
  server_certificates issued;
  issued.certificate = pem_of(leaf.get());
  issued.private_key = pem_of(server.key());
  issued.ca = wish.untrusted ? pem_of(issue_ca(new_ca()).get()) : pem_of(ca_certificate.get());
  return issued;
}

server_certificates issue_certificates(MockServerOptions::Certificate kind, const std::string& address) {
  using Certificate = MockServerOptions::Certificate;

  certificate_wish wish;
  // A test may listen on another loopback address, which the usual names do not have.
  if (address != "127.0.0.1" && address != "::1") wish.alternative_names += ",IP:" + address;
  if (kind == Certificate::wrong_host) wish.alternative_names = "DNS:other.example";
  // Long over and for long enough: a clock that is off by hours changes nothing.
  if (kind == Certificate::expired) {
    wish.first_day = -30;
    wish.last_day = -1;
  }
  wish.self_signed = kind == Certificate::self_signed;
  wish.untrusted = kind == Certificate::untrusted;
  return issue_certificates(wish);
}

}  // namespace corochain::testing::detail
