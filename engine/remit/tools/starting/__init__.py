"""`remit new`: an issuer and a name -> a policy with its tests, and a service that it guards."""
